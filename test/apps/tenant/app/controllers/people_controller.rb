# frozen_string_literal: true

class PeopleController < ApplicationController
  before_action :set_person, only: [:show, :edit, :update, :destroy]

  def index
    @people = Person.by_name.includes(:studio)
    @people = @people.where(role: params[:role]) if Person.roles.key?(params[:role])
  end

  def show
    @entries = @person.entries.listed
  end

  def new
    @person = Person.new
  end

  def edit
  end

  def create
    @person = Person.new(person_params)
    if @person.save
      redirect_to @person, notice: "#{@person.name} was successfully added."
    else
      render :new, status: 422
    end
  end

  def update
    if @person.update(person_params)
      redirect_to @person, notice: "#{@person.name} was successfully updated."
    else
      render :edit, status: 422
    end
  end

  def destroy
    @person.destroy!
    redirect_to people_path, notice: "#{@person.name} was successfully removed.", status: :see_other
  end

  private

  def set_person
    @person = Person.find(params[:id])
  end

  def person_params
    params.require(:person).permit(:name, :role, :level, :age, :back, :studio_id)
  end
end
